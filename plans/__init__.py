"""Account plans: model, checks, versions, approval, reviews."""
