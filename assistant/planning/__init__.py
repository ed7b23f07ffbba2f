"""Account plans made by conversation: drafted from facts and passages, shown, changed and asked."""
