"""What is descended: recurrent networks, and the sequences they learn."""
