"""`realmctl docs`: the language's pages, offline."""

from __future__ import annotations

import click

from realmctl.cli.completion import guide_topics
from realmctl.cli.options import output, tracing
from realmctl.cli.pager import paging, show_result


@click.command("docs", short_help="Say what may be written: a kind, a word, a setting, a rule; offline.")
@click.argument("topic", metavar="[TOPIC]", required=False, shell_complete=guide_topics)
@output("text", "markdown", "json")
@paging
@tracing
def command(topic: str | None, output: str, pager: bool) -> None:
    """Say what may be written in realm files: the fields of a kind, a word, a setting, why a rule warns.

    TOPIC is a kind (client), its section (clients), a word (tokens), a key of the files (deletions), a setting of the
    realm (accessTokenLifespan), a rule (password-grant), a danger (realm-admin-gained), or TOPIC.FIELD
    (client.redirectUris). Without one, all topics are listed.
    """
    import sys

    from realmctl.cli.terminal import has_color
    from realmctl.render import reference_page
    from realmctl.workflow.reference import dangers, language, page, rules

    if topic:
        found = page(topic)
        show = {"markdown": reference_page.markdown, "json": reference_page.json_}.get(output)
        show_result(show(found) if show else reference_page.text(found, color=has_color(sys.stdout)), pager=pager)
        return
    listed = {
        "words": language.words(),
        "keys": language.own_keys(),
        "kinds": language.kind_names(),
        "rules": rules.names(),
        "dangers": dangers.names(),
    }
    every = {"markdown": reference_page.topics_markdown, "json": reference_page.topics_json}.get(output)
    show_result(
        every(listed) if every else reference_page.topics_text(listed, color=has_color(sys.stdout)), pager=pager
    )
