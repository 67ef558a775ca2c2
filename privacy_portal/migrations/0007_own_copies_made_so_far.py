"""What is held so far comes under the new rule: files are sealed anew with a key of their own, messages are hashed."""

import hashlib

from django.db import migrations

from privacy_portal import crypto


def bring_over(apps, editor):
    _files(apps)
    receipts = apps.get_model("portal", "Receipt").objects.filter(body__isnull=False, body_sha256="")
    for receipt in receipts.iterator():
        said = crypto.unseal(bytes(receipt.body), f"portal_receipt:{receipt.pk}:body")
        receipts.filter(pk=receipt.pk).update(body_sha256=hashlib.sha256(said).hexdigest())


def _files(apps):
    keys = apps.get_model("portal", "EvidenceKey").objects
    for said in apps.get_model("portal", "Confirmation").objects.exclude(evidence="").select_related("task"):
        name, storage = said.evidence.name, said.evidence.storage
        place = f"portal_confirmation:{said.task_id}:evidence"
        with storage.open(name, "rb") as file:
            content = crypto.unseal(file.read(), place)
        wrapped = crypto.new_subject_key(f"{place}_key")
        with storage.open(name, "wb") as file:
            file.write(crypto.seal_for(wrapped, f"{place}_key", content, place))
        keys.create(confirmation=said, subject_id=said.task.subject_id, key=wrapped)


class Migration(migrations.Migration):
    dependencies = [("portal", "0006_own_copies_can_be_destroyed")]
    operations = [migrations.RunPython(bring_over, migrations.RunPython.noop)]
