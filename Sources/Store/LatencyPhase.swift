/// When the round trips of a `latency` row were taken: without load, or while a direction was filled.
enum LatencyPhase: String {
    case idle, download, upload
}
