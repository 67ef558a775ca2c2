"""One function per verb, in the order of the work: intake, identity, assessment, fulfilment, answer."""
