"""How outside systems are asked. No tables here: plain options in, an Outcome out."""
