public import VMCore
public import VMXML

/// `<on_lockfailure>`: what becomes of the machine when it loses its resource locks.
public enum LockFailureAction: String, XMLEnum {
    case poweroff, restart, pause, ignore
}

extension Domain {
    /// Makes the ID that `<genid/>` leaves open, once: it tells the guest that it goes on elsewhere, and a start is no such
    /// thing.
    package mutating func makeGenerationID() {
        if case .generated = genid { genid = .uuid(.random()) }
    }
}

/// `<genid>`: the virtual machine generation ID; without text a new one is made.
public enum GenerationID: XMLValue {
    case generated
    case uuid(UUID)

    public init?(xml text: String) {
        if text.isEmpty {
            self = .generated
        } else {
            guard let uuid = UUID(text) else { return nil }
            self = .uuid(uuid)
        }
    }

    public var xml: String {
        switch self {
        case .generated: ""
        case .uuid(let uuid): uuid.description
        }
    }

    public static var accepted: XMLAccepted { .phrase("a UUID, or nothing") }
    public static var saysSomethingWhenEmpty: Bool { true }
}
