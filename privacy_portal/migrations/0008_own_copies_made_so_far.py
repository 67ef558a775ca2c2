"""What is held so far comes under the new rule: files are sealed anew with a key of their own, messages are hashed."""

import hashlib
from pathlib import Path

from django.db import migrations

from privacy_portal import crypto


def bring_over(apps, editor):
    _files(apps)
    receipts = apps.get_model("portal", "Receipt").objects.filter(body__isnull=False, body_sha256="")
    for receipt in receipts.iterator():
        said = crypto.unseal(bytes(receipt.body), f"portal_receipt:{receipt.pk}:body")
        receipts.filter(pk=receipt.pk).update(body_sha256=hashlib.sha256(said).hexdigest())


def _files(apps):
    """The key is written down before the file, and the file changes in one step: stopped anywhere, it can run again."""
    keys = apps.get_model("portal", "EvidenceKey").objects
    for said in apps.get_model("portal", "Confirmation").objects.exclude(evidence="").select_related("task"):
        place = f"portal_confirmation:{said.task_id}:evidence"
        fresh = {"subject_id": said.task.subject_id, "key": crypto.new_subject_key(f"{place}_key")}
        row, _made = keys.get_or_create(confirmation=said, defaults=fresh)
        path = Path(said.evidence.storage.path(said.evidence.name))
        try:
            content = crypto.unseal(path.read_bytes(), place)
        except crypto.Undecipherable:
            continue  # sealed anew by an earlier run
        draft = path.with_suffix(".new")
        draft.write_bytes(crypto.seal_for(bytes(row.key), f"{place}_key", content, place))
        draft.replace(path)


class Migration(migrations.Migration):
    atomic = False  # a file cannot be rolled back
    dependencies = [("portal", "0007_own_copies_can_be_destroyed")]
    operations = [migrations.RunPython(bring_over, migrations.RunPython.noop)]
