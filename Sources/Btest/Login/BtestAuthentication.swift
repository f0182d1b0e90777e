/// How a btest server checks who asks, from the weakest to the strongest.
public enum BtestAuthentication: String, Sendable, CaseIterable, Comparable {
    case none
    case md5
    case ecSRP5 = "ec-srp5"

    private var strength: Int {
        switch self {
        case .none: 0
        case .md5: 1
        case .ecSRP5: 2
        }
    }

    public static func < (left: BtestAuthentication, right: BtestAuthentication) -> Bool {
        left.strength < right.strength
    }
}
