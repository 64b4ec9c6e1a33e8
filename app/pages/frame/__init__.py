"""What every page has around it: navigation, what is chosen, the language, and how a page is made."""
