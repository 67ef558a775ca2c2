"""How a database is read and changed for one person: reflect, narrow, plan, carry out, ask again."""
