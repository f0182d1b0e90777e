/// Keys of the fleet file's contract that this version does not act upon yet.
///
/// They are refused instead of ignored: whoever writes a window or a budget relies on it.
enum NotYetSupported {
    private static let keys: [String: String] = [
        "resources": "\"resources\" are not supported yet, remove the key; tests run one at a time instead",
        "via": "\"via\" is not supported yet, remove the key; tests run one at a time instead",
        "budget": "\"budget\" is not supported yet, remove the key; a probe's rate and duration bound its traffic",
        "window": "\"window\" is not supported yet, remove the key; a cron entry with a spread keeps to its hours",
        "windows": "\"windows\" are not supported yet, remove the key; a cron entry with a spread keeps to its hours",
        "blackouts": "\"blackouts\" are not supported yet, remove the key; a cron entry can leave the hours out",
        "catch_up": "\"catch_up\" is not supported yet, remove the key; slots of down time are recorded as missed",
        "pace": "\"pace\" is not supported yet, remove the key; choose a longer interval instead",
        "retention": "\"retention\" is not supported yet, remove the key; every result is kept",
    ]

    /// What is wrong with the key and what to do, or nil for any other key.
    static func sentence(for key: String) -> String? {
        keys[key]
    }
}
