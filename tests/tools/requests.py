"""What every tool can be asked about the sample company: the requests that general tests make."""

from __future__ import annotations

from typing import Any

REQUESTS: dict[str, list[dict[str, Any]]] = {
    "find_account": [{"text": "東海"}, {"text": "nothing at all"}],
    "account_overview": [{"account_id": "A010"}, {"account_id": "A001", "group": True}],
    "key_contacts": [{"account_id": "A011"}],
    "recent_changes": [{"account_id": "A011"}],
    "knowledge_gaps": [{"account_id": "A011"}],
    "pipeline_metrics": [{}, {"by": "owner", "period": "FY2025"}, {"by": "category"}],
    "deal_health": [{}, {"account_id": "A010"}],
    "white_space": [{"account_id": "A014"}],
    "needs_attention": [{"limit": 500}],
}
