"""Pages and the API: read the request, call one use case or query, answer. The only package that imports Flask."""
