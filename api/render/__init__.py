"""An answer in; text for a terminal, Markdown or Slack out."""
