internal import VMCore

/// What is known of a procedure without its arguments: a row of the table of its program.
public struct ProcedureRow: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Refused on a connection that may only read, as `virXxx` refuses it in libvirt.
        case writingCall
        case readingCall
        /// A message from the server.
        case event
    }

    /// Which way a stream goes that the call's reply opens, seen from the client as in the protocol file.
    public enum Stream: Sendable, Hashable {
        /// A screenshot, a download.
        case reading
        /// An upload, a migration's data.
        case writing
        /// A console.
        case both
    }

    public let number: Int32
    /// As in the protocol file, without the program's prefix: `DOMAIN_GET_INFO`.
    public let name: StaticString
    public let kind: Kind
    /// Whether it never waits for a hypervisor's monitor: servers with few workers keep some for these.
    public let hasPriority: Bool
    public let stream: Stream?
    /// The function of libvirt's API behind it, where its name doesn't follow from ``name``.
    private let specialFunction: StaticString?

    private init(
        _ number: Int32, _ name: StaticString, _ kind: Kind, hasPriority: Bool, stream: Stream?, api: StaticString?
    ) {
        self.number = number
        self.name = name
        self.kind = kind
        self.hasPriority = hasPriority
        self.stream = stream
        specialFunction = api
    }

    public static func == (a: ProcedureRow, b: ProcedureRow) -> Bool { a.number == b.number && a.text == b.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(number) }

    /// ``name`` as a string.
    public var text: String { name.description }

    public var isCall: Bool { kind != .event }

    /// `virDomainGetInfo`: what libvirt's refusals name.
    public var function: String {
        if let specialFunction { return specialFunction.description }
        return "vir" + text.split(separator: "_").map { ProcedureRow.inFunctions(String($0)) }.joined()
    }

    /// How a word of a procedure's name is written in the function's.
    private static func inFunctions(_ word: String) -> String {
        switch word {
        case "XML", "UUID", "URI", "ID", "CPU", "OS", "NMI", "PM", "TLS", "MAC", "DHCP", "SEV", "SSH", "FD", "SCSI",
            "WWN":
            word
        case "NWFILTER", "NWFILTERS": "NWFilter" + word.dropFirst(8).lowercased()
        case "IOTHREAD": "IOThread"
        case "FSTRIM", "FSFREEZE", "FSTHAW", "FSINFO":
            "FS" + word.dropFirst(2).prefix(1) + word.dropFirst(3).lowercased()
        default: word.prefix(1) + word.dropFirst().lowercased()
        }
    }

    /// The part of libvirt that its refusals come from.
    var errorDomain: LibvirtError.Domain {
        let prefixes: [(String, LibvirtError.Domain)] = [
            ("DOMAIN_SNAPSHOT", .domainSnapshot), ("DOMAIN_REVERT", .domainSnapshot),
            ("DOMAIN_CHECKPOINT", .domainCheckpoint), ("DOMAIN", .domain),
            ("NETWORK", .network), ("STORAGE", .storage), ("NODE_DEVICE", .nodeDevice), ("INTERFACE", .interface),
            ("SECRET", .secret), ("NWFILTER", .networkFilter),
            ("CONNECT_FIND_STORAGE", .storage),
        ]
        return prefixes.first { text.hasPrefix($0.0) }?.1 ?? .domain
    }
}

/// How the tables are written: one word says what a row is.
extension ProcedureRow {
    /// A call that only looks.
    static func read(
        _ number: Int32, _ name: StaticString, _ speed: Speed = .low, stream: Stream? = nil, api: StaticString? = nil
    ) -> ProcedureRow {
        ProcedureRow(number, name, .readingCall, hasPriority: speed == .high, stream: stream, api: api)
    }

    /// A call that changes something.
    static func write(
        _ number: Int32, _ name: StaticString, _ speed: Speed = .low, stream: Stream? = nil, api: StaticString? = nil
    ) -> ProcedureRow {
        ProcedureRow(number, name, .writingCall, hasPriority: speed == .high, stream: stream, api: api)
    }

    /// A message from the server.
    static func event(_ number: Int32, _ name: StaticString) -> ProcedureRow {
        ProcedureRow(number, name, .event, hasPriority: false, stream: nil, api: nil)
    }

    /// `@priority` of the protocol file.
    enum Speed { case low, high }
}

/// All procedures of a program, by number.
public struct ProcedureTable: Sendable {
    public let program: Program
    /// In the order of their numbers, which begin with 1 and have no gaps.
    public let rows: [ProcedureRow]

    public subscript(_ number: Int32) -> ProcedureRow? {
        guard number >= 1, number <= rows.count else { return nil }
        return rows[Int(number) - 1]
    }

    /// The table of that program, if it is one whose procedures are known.
    public static func of(_ program: Program) -> ProcedureTable? {
        switch program {
        case .remote: remote
        case .qemu: qemu
        default: nil
        }
    }
}
