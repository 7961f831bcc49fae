"""What is looked at to find suspect lines: functions, the small edits that a slip would be, and their ranking."""
