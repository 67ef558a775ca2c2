"""What every API door shares: sign-in of services, problem+json, idempotency, pagination."""
