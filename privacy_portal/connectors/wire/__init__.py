"""What travels between the portal and a system that speaks its HTTP contract (docs/connector_contract.md)."""
