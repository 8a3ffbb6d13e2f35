"""What is measured: losses and places after runs, and what is made of them."""
