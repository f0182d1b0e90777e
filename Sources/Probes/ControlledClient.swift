/// Who this program is to a Control Server.
public struct ControlledClient: Sendable {
    /// Where the uuids are kept under which Control Servers know this client; nil registers anew for each test.
    public let stateFolder: String?
    public let softwareVersion: String

    public init(stateFolder: String? = nil, softwareVersion: String = "0") {
        self.stateFolder = stateFolder
        self.softwareVersion = softwareVersion
    }
}
