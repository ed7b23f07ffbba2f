"""What is known of a person whom the company must not know any more, and how it is taken out."""
