"""Subject requests: intake, identity, plan and dry run, approval, fulfilment over all systems, honest answer.

Owns: requests, identity checks, plans, answers and their downloads.
Records: RequestOpened, IdentityConfirmed, RequestLocated, RequestAccepted, RequestApproved, PlanSetAside,
RequestRefused, RequestExtended, RequestDelayed, RequestAnswered, RequestCancelled, AnswerDownloaded.
Hears: its own events and the outcomes of the tasks it asked for.
"""
