"""Media tasks: the inputs they accept, and the plan and price they decide. All pure."""
