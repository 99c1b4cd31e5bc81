internal import VMCore

/// Finds out who listens on a TCP port.
enum PortUse {
    /// `process 123 (name)`; nil when it can't be told.
    static func holder(of port: UInt16) -> String? {
        ProcessTable.holder(ofSockets: TCPTable.listeners(on: port)).map { "process \($0)\(ImageUse.command($0))" }
    }
}
