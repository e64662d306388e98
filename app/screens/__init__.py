"""The screen process: a Textual application that paints frames and sends lines of the `:` grammar."""
