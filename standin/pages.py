"""The pages a browser sees: plain HTML forms without script, easily filled in by an HTTP client, too.

Must not know about: what the forms are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Response
from markupsafe import Markup, escape

from standin.errors import Aadsts

_PAGE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
    "<body><h1>{title}</h1><p><small>A stand-in for Microsoft Entra ID</small></p>{body}</body></html>"
)


def page(title: str, body: Markup, *, status: int = 200, head: Markup | str = "") -> Response:
    """A page."""
    html = _PAGE.format(title=title, body=body, head=head)
    return Response(str(html), status=status, content_type="text/html; charset=utf-8")


def problem(error: Aadsts) -> Response:
    """An error that is told to the user instead of being sent to the app."""
    body = Markup('<p>Sorry, but we&rsquo;re having trouble signing you in.</p><p id="error">{}</p>').format(
        error.whole()
    )
    return page("Sign in", body, status=error.status_code or 400)


def form(
    title: str,
    action: str,
    fields: Iterable[tuple[str, str, str]],
    buttons: Iterable[tuple[str, str]],
    hidden: Mapping[str, str] | None = None,
    said: str = "",
) -> Response:
    """A form: fields as label, name and type, buttons as text and the value of `action`."""
    rows = [Markup('<p id="error" role="alert">{}</p>').format(said)] if said else []
    rows += [Markup('<input type="hidden" name="{}" value="{}">').format(*pair) for pair in (hidden or {}).items()]
    rows += [
        Markup('<p><label>{} <input name="{}" type="{}" autocomplete="off"></label></p>').format(*field)
        for field in fields
    ]
    rows += [Markup('<button type="submit" name="action" value="{}">{}</button> ').format(v, t) for t, v in buttons]
    return page(title, Markup('<form method="post" action="{}">{}</form>').format(action, Markup("").join(rows)))


def post_to(address: str, values: Mapping[str, str]) -> Response:
    """`response_mode=form_post`: a form that sends itself."""
    rows = [Markup('<input type="hidden" name="{}" value="{}">').format(*pair) for pair in values.items()]
    body = Markup('<form method="post" action="{}">{}<button>Continue</button></form>{}').format(
        address, Markup("").join(rows), Markup("<script>document.forms[0].submit()</script>")
    )
    return page("Working…", body)


def signed_out(front_channel: Iterable[str], back: str | None) -> Response:
    """The page after signing out: calls each app's logout address, and goes on to `back`."""
    frames = Markup("").join(Markup('<iframe hidden src="{}"></iframe>').format(url) for url in front_channel)
    go = Markup('<p><a id="continue" href="{}">Continue</a></p>').format(back) if back else ""
    head = Markup('<meta http-equiv="refresh" content="1; url={}">').format(back) if back else ""
    return page("You signed out of your account", frames + escape("") + go, head=head)
