"""What the supervisor prints when everything is ready: where to click, and as whom."""

from __future__ import annotations

from typing import Any


def text(words: dict[str, Any], url: str) -> str:
    """`words` as opening.py wrote them down."""
    staff = "\n".join(f"    {email:<25} {name}, {role.lower()}" for email, name, role in words["staff"])
    person, address = words["person"]
    client, secret = words["client"]
    return f"""
  {url}

  Staff sign in there; everybody's password is {words["password"]}
{staff}

  A person needs no account. This one is {person}, {address}:
    see or erase my data      {words["form"]}
    my choices                {words["preferences"]}
    the mails that went out   {words["outbox"]}   (codes and links are in them)

  A service signs in with client credentials:
    POST {url}/api/v1/token   client {client}
    secret {secret}

  To erase somebody from the four systems: ask in the form, enter the code from the mail; accept the plan as
  caseworker@example.org, approve it as dpo@example.org; answer for the letters archive as owner@example.org.

  Ctrl-C stops everything.
"""
