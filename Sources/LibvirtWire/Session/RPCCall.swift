/// A call that a server has to answer, once, with ``RPCSession/answer(_:_:)``.
public struct RPCCall: Sendable {
    /// Names a call on its connection, and the stream that its answer opens.
    public struct ID: Sendable, Hashable, Comparable {
        let number: UInt64
        public static func < (a: ID, b: ID) -> Bool { a.number < b.number }
    }

    public let id: ID
    public let procedure: ProcedureID
    public let row: ProcedureRow
    /// Whether the connection may only read. Calls that always write have been refused already.
    public let isReadOnly: Bool
    let packet: Packet

    /// Came with the call; whoever takes the call closes them.
    public var descriptors: [Int32] { packet.descriptors }

    /// What the call says, if it is one of that procedure's.
    ///
    /// - Throws: the answer to arguments that aren't the procedure's, or that a connection may not give which only reads.
    public func arguments<A, R>(of procedure: Procedure<A, R>) throws(RemoteError) -> A {
        guard procedure.id == self.procedure else { throw .unknownProcedure(self.procedure.number) }
        let arguments: A
        do { arguments = try packet.decode() } catch { throw .undecodable }
        if isReadOnly, let exception = procedure.exception, exception.applies(arguments) {
            throw .readOnly(exception.detail, in: row.errorDomain, isWholeDetail: true)
        }
        return arguments
    }
}

/// A successful answer, as bytes: made where the call was worked on, so that the session only passes it on.
public struct RPCReply: Sendable {
    /// What goes on after the reply.
    public struct Stream: Sendable, Hashable {
        /// Whether zeros may travel as holes: the call's flag for sparse streams.
        public var allowsHoles: Bool

        public init(allowsHoles: Bool = false) { self.allowsHoles = allowsHoles }
    }

    var draft: PacketDraft
    /// Travel behind the reply. The driver closes each when it has been sent.
    public let descriptors: [Int32]
    /// The stream that the reply opens; its name is the call's.
    public let stream: Stream?

    /// - Throws: ``RemoteError/unencodable`` when the result is more than the protocol takes.
    public init(
        _ result: some XDRValue, descriptors: [Int32] = [], opening stream: Stream? = nil
    ) throws(RemoteError) {
        do { draft = try PacketDraft(result, descriptors: descriptors.count) } catch { throw .unencodable }
        self.descriptors = descriptors
        self.stream = stream
    }
}

/// An event as bytes, for ``RPCSession/send(_:)``.
public struct RPCEvent: Sendable {
    let bytes: [UInt8]

    /// - Throws: ``RemoteError/unencodable`` when the message is more than the protocol takes.
    public init<M>(_ event: RemoteEvent<M>, _ message: M) throws(RemoteError) {
        let header = PacketHeader {
            $0.program = event.program
            $0.procedure = event.number
            $0.kind = .message
            // What libvirtd sends; clients don't look at it.
            $0.serial = 1
        }
        do { bytes = try Packet.bytes(header, message) } catch { throw .unencodable }
    }
}
