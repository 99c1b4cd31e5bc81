/// What a server serves: procedures among those of the tables.
public struct ProcedureSet: Sendable, Hashable {
    private var members: Set<ProcedureID> = []
    private var programs: Set<Program> = []

    public init() {}

    /// Adds a procedure.
    public mutating func insert<A, R>(_ procedure: Procedure<A, R>) {
        members.insert(procedure.id)
        programs.insert(procedure.program)
    }

    public func contains(_ id: ProcedureID) -> Bool { members.contains(id) }

    /// Whether any procedure of that program is served. A program of which none is isn't there.
    public func contains(_ program: Program) -> Bool { programs.contains(program) }

    public var count: Int { members.count }
}
