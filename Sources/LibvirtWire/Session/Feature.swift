/// What a client may ask a connection for (`virDrvFeature`).
public struct Feature: RawRepresentable, Sendable, Hashable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let migrationPeerToPeer = Feature(rawValue: 4)
    public static let migrationV3 = Feature(rawValue: 6)
    public static let migrationChangeProtection = Feature(rawValue: 7)
    /// Descriptors can be passed.
    public static let descriptors = Feature(rawValue: 8)
    /// Typed parameters can hold strings.
    public static let parameterStrings = Feature(rawValue: 9)
    /// PING and PONG. Asked before CONNECT_OPEN, and asking starts it.
    public static let keepalive = Feature(rawValue: 10)
    public static let migratableXML = Feature(rawValue: 11)
    public static let migrationOffline = Feature(rawValue: 12)
    public static let migrationParameters = Feature(rawValue: 13)
    /// Registrations of events have numbers.
    public static let eventCallbacks = Feature(rawValue: 14)
    /// The client can be told that the server loses its hypervisor.
    public static let closeCallback = Feature(rawValue: 15)
    /// NETWORK_UPDATE has its arguments in the right order.
    public static let networkUpdateOrder = Feature(rawValue: 16)

    /// What the protocol itself can do, whatever is served.
    public static let ofTheWire: Set<Feature> = [
        .descriptors, .parameterStrings, .keepalive, .eventCallbacks, .closeCallback, .networkUpdateOrder,
    ]
}
