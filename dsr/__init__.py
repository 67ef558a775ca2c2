"""Subject requests: intake, identity, plan and dry run, approval, fulfilment over all systems, honest answer.

Owns: requests, identity checks, plans, answers and their downloads.
Records: RequestOpened, IdentityConfirmed, RequestLocated, RequestAccepted, RequestApproved, PlanSetAside,
RequestRefused, RequestExtended, RequestDelayed, RequestHeld, RequestReleased, RequestAnswered,
AnswerNotDelivered, RequestCancelled, AnswerDownloaded.
Hears: its own events, legal holds, and the outcomes of the tasks it asked for.
"""
