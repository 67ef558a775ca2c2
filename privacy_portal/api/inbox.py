"""POST /api/v1/inbox/{controller}/{system}: signed messages of outside systems. The signature is the log-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from privacy_portal.inbox.receive import receive


@csrf_exempt
@require_POST
def receive_message(request: HttpRequest, controller_code: str, connection_code: str) -> HttpResponse:
    """202 for a message and for each repetition of it; problem+json otherwise (401, 409, 413, 422)."""
    receipt = receive(
        controller_code=controller_code,
        connection_code=connection_code,
        raw=request.body,
        headers=request.headers,
        now=timezone.now(),
    )
    return JsonResponse({"receipt": str(receipt.pk)}, status=202)
