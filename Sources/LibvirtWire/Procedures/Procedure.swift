/// A call by its number, with what it takes and what it answers. The constants are in ``Remote`` and ``QEMU``.
public struct Procedure<Arguments: XDRValue, Result: XDRValue>: Sendable {
    public let program: Program
    public let number: Int32
    /// What makes a call that reads one that writes, and how a refusal names it.
    let exception: WritingException<Arguments>?

    init(_ number: Int32, of program: Program = .remote, _ exception: WritingException<Arguments>? = nil) {
        self.program = program
        self.number = number
        self.exception = exception
    }

    public var id: ProcedureID { ProcedureID(program, number) }

    /// The row of the table.
    public var row: ProcedureRow? { ProcedureTable.of(program)?[number] }
}

/// A kind of message from the server by its number, with what it holds.
public struct RemoteEvent<Message: XDRValue>: Sendable {
    public let program: Program
    public let number: Int32

    init(_ number: Int32, of program: Program = .remote) {
        self.program = program
        self.number = number
    }

    public var row: ProcedureRow? { ProcedureTable.of(program)?[number] }
}

/// Arguments with which a call that otherwise reads is refused to those who may only read.
struct WritingException<Arguments>: Sendable {
    /// What the refusal says.
    let detail: String
    let applies: @Sendable (Arguments) -> Bool

    static func writes(_ detail: String, _ applies: @escaping @Sendable (Arguments) -> Bool) -> WritingException {
        WritingException(detail: detail, applies: applies)
    }
}

/// A procedure among all programs.
public struct ProcedureID: Sendable, Hashable {
    public let program: Program
    public let number: Int32

    public init(_ program: Program, _ number: Int32) {
        self.program = program
        self.number = number
    }
}

/// The constants of the program ``Program/remote``: in extensions, a file for each family of procedures.
///
/// Each is named for its procedure. What is a `Procedure<DomainReference, String>` takes a domain and answers a text; where
/// there are more values than one, they have a structure. ``ProcedureTable/remote`` says the rest.
public enum Remote {}

/// The constants of the program ``Program/qemu``.
public enum QEMU {}
