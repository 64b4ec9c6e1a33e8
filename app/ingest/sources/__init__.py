"""What files and other programs write: texts of numbers and instants, wide rows, workbooks."""
