/// Who runs a Control Server, as its pages say it.
public struct OperatorLinks: Sendable, Equatable {
    public var name: String?
    /// `https://…` or `http://…`.
    public var imprint: String?
    public var privacy: String?

    public init(name: String? = nil, imprint: String? = nil, privacy: String? = nil) {
        self.name = name
        self.imprint = imprint
        self.privacy = privacy
    }
}
