"""An export nobody has seen is looked at, and a mapping for it is proposed as a file to edit."""

from crm.proposing.proposal import Proposal
from crm.proposing.propose import propose
from crm.proposing.write import written

__all__ = ["Proposal", "propose", "written"]
