// The preview follows the typing: what stands in the form is sent to the server, which draws it as for everybody without script.

const REST_MS = 350;

function follow(form) {
  const place = document.getElementById("pratinjau");
  let timer = 0;
  let asked = null;

  async function draw() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), redirect: "error", signal });
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // no network, or overtaken by the next letter: the preview stays as it was
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, REST_MS);
  });
}

for (const form of document.querySelectorAll("form[data-preview]")) follow(form);
