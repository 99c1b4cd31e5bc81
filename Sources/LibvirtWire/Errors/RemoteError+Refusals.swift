internal import VMCore

/// What libvirt answers by itself, before or instead of a procedure, in its words: clients look at some of them.
extension RemoteError {
    private static func rpc(_ text: String) -> RemoteError { RemoteError(LibvirtError(.rpc, in: .rpc), text) }

    private static func connection(_ text: String) -> RemoteError {
        RemoteError(LibvirtError(.internalError, in: .rpc), format: format(of: .internalError), text)
    }

    /// libvirt's client turns exactly this into "no support" (3), and programs fall back, skip or hide.
    public static func unknownProcedure(_ number: Int32) -> RemoteError { rpc("unknown procedure: \(number)") }

    /// The same for a version that a program doesn't have.
    static func unknownProgram(_ header: PacketHeader) -> RemoteError {
        let numbers = [header.program.rawValue, header.version].map { Int32(bitPattern: $0) }
        return rpc("Cannot find program \(numbers[0]) version \(numbers[1])")
    }

    static func unexpectedStatus(_ status: PacketHeader.Status) -> RemoteError {
        rpc("Unexpected message status \(status.rawValue)")
    }

    static let authenticationRequired = rpc("authentication required")

    static let authenticationFailed = RemoteError(
        LibvirtError(.authenticationFailed, in: .rpc), format: format(of: .authenticationFailed),
        "access denied by policy")

    /// A server has as many clients as it takes.
    public static func tooManyClients(_ limit: Int) -> RemoteError {
        RemoteError(
            LibvirtError(.operationFailed, in: .rpc), format: format(of: .operationFailed),
            "the server has \(limit) clients already, which is all that it takes")
    }

    static let connectionNotOpen = connection("hypervisor connection not open")

    static let connectionAlreadyOpen = connection("connection already open")

    /// The arguments of a call, or of something in a stream, are not what the procedure takes.
    public static let undecodable = rpc("Unable to decode message payload")

    /// A result, or an event, is more than the protocol takes.
    public static let unencodable = rpc("Unable to encode message payload")

    static let unexpectedHole = rpc("Unexpected stream hole")

    static func unexpectedStreamStatus(_ status: PacketHeader.Status) -> RemoteError {
        rpc("stream aborted with unexpected status \(status.rawValue)")
    }

    static func tooManyStreams(_ limit: Int) -> RemoteError {
        RemoteError(
            LibvirtError(.internalError, in: .streams), format: format(of: .internalError),
            "a connection can have at most \(limit) streams")
    }

    static let serialInUse = rpc("a stream of this procedure and serial is open already")

    /// A connection that may only read asked for more than that.
    ///
    /// - Parameter what: `virDomainShutdown`, or `virDomainGetXMLDesc with secure flag`.
    static func readOnly(_ what: String, in domain: LibvirtError.Domain, isWholeDetail: Bool = false) -> RemoteError {
        RemoteError(
            LibvirtError(.operationDenied, in: domain), format: format(of: .operationDenied),
            isWholeDetail ? what : "read only access prevents \(what)")
    }
}
