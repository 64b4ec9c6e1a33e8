"""Events as they happen: one poller a process, and any number of readers that each go at their own pace."""
