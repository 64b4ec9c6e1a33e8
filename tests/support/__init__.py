"""What tests of several folders share: a folder imports from here and from itself, never from another folder."""
