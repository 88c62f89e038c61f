"""Personal links of vendors and hosts, printed for whoever hands them out."""

import click

from bazaar.vendors.link_pages import links_page
from bazaar.vendors.links import make_host_link, make_missing_links, vendor_link
from bazaar.vendors.pages import vendor_named
from bazaar.web.auth import now, outside
from bazaar.web.commands.answering import Commands, edition_named, live_session_named, print_json, worded
from bazaar.web.commands.options import with_edition, with_json, with_live_session

commands = Commands("links", help="Personal links of vendors and hosts.")


@commands.command("vendor")
@click.argument("name")
@with_edition
@with_json
@worded
def vendor(name: str, slug: str, as_json: bool) -> None:
    """The personal address of the vendor with that business NAME; made where there is none yet."""
    edition = edition_named(slug)
    vendor_id = vendor_named(edition.id, name)
    links = outside().links
    url = links.vendor(vendor_link(edition.id, vendor_id, links.secret_key, now=now()))
    if as_json:
        print_json({"vendor": name, "url": url})
        return
    click.echo(url)


@commands.command("list")
@with_edition
@with_json
@worded
def list_links(slug: str, as_json: bool) -> None:
    """The address of every vendor that takes part, by name; missing ones are made."""
    edition = edition_named(slug)
    links = outside().links
    make_missing_links(edition.id, links.secret_key, by=None, now=now())
    rows = [(row, links.vendor(row.link.nonce)) for row in links_page(edition.id, now=now()).vendors if row.link]
    if as_json:
        print_json(
            {"links": [{"vendor": row.business_name, "url": url, "opened_at": row.link and row.link.last_opened_at} for row, url in rows]}
        )
        return
    for row, url in rows:
        click.echo(f"{url}  {row.business_name}")
    click.echo(f"Links: {len(rows)}" if rows else "No vendor takes part yet.", err=True)


@commands.command("host")
@click.argument("label")
@with_live_session
@with_json
@worded
def host(label: str, live_session_id: int, as_json: bool) -> None:
    """A new address that opens the console of one live session. LABEL says for whom it is."""
    live_session = live_session_named(live_session_id)
    links = outside().links
    nonce = make_host_link(live_session.edition.id, live_session.id, label, links.secret_key, expires_at=None, by=None, now=now())
    url = links.host(nonce)
    if as_json:
        print_json({"live_session": live_session.id, "label": label, "url": url})
        return
    click.echo(url)
