"""What is wrong with meters, each with its remedy as a button."""
