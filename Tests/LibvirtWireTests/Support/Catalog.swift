import LibvirtWire

/// A procedure or event without its types: what it does with bytes.
struct CatalogEntry: Sendable {
    /// One of the values that travel for it.
    struct Codec: Sendable {
        /// Reads a value and writes it again; the value comes as text.
        let roundTrip: @Sendable ([UInt8], Int) throws(XDRError) -> (bytes: [UInt8], text: String)

        init<V: XDRValue>(_ type: V.Type) {
            roundTrip = { bytes, start throws(XDRError) in
                let value = try V(xdr: bytes, from: start)
                return (try value.xdr(), String(reflecting: value))
            }
        }
    }

    /// The constant's name.
    let name: String
    let program: Program
    let number: Int32
    /// Nil for an event.
    let arguments: Codec?
    /// An event's message.
    let result: Codec
    /// Adds the procedure to those that are served.
    let serve: @Sendable (inout ProcedureSet) -> Void

    init<A, R>(_ name: String, _ procedure: Procedure<A, R>) {
        self.name = name
        program = procedure.program
        number = procedure.number
        arguments = Codec(A.self)
        result = Codec(R.self)
        serve = { $0.insert(procedure) }
    }

    init<M>(_ name: String, _ event: RemoteEvent<M>) {
        self.name = name
        program = event.program
        number = event.number
        arguments = nil
        result = Codec(M.self)
        serve = { _ in }
    }

    var row: ProcedureRow? { ProcedureTable.of(program)?[number] }
    /// All values that travel for it.
    var codecs: [Codec] { [arguments, result].compactMap { $0 } }
}

/// All of them.
enum Catalog {
    static let remote = firstHalf + secondHalf
    static let all = remote + qemu
}

extension ProcedureSet {
    /// All procedures that there are.
    static var everything: ProcedureSet {
        var served = ProcedureSet()
        for entry in Catalog.all { entry.serve(&served) }
        return served
    }
}
