import LibvirtWire
import Testing

@Suite("Tables and constants")
struct CatalogTests {
    @Test("the numbers begin with 1 and have no gaps", arguments: [ProcedureTable.remote, .qemu])
    func numbers(_ table: ProcedureTable) {
        #expect(table.rows.map(\.number) == Array(1...Int32(table.rows.count)))
        #expect(table[0] == nil && table[-1] == nil && table[Int32(table.rows.count) + 1] == nil)
        #expect(table[.min] == nil && table[.max] == nil)
    }

    @Test("each constant has the number of the row whose name it has")
    func names() {
        for entry in Catalog.all {
            let row = entry.row?.text.filter { $0 != "_" }.lowercased()
            #expect(row == entry.name.lowercased(), "\(entry.name) has number \(entry.number)")
            #expect(entry.row?.isCall == (entry.arguments != nil), "\(entry.name)")
        }
    }

    @Test("each row has its constant, but for SASL, which isn't spoken")
    func completeness() {
        let known = Set(Catalog.remote.map(\.number))
        #expect(ProcedureTable.remote.rows.map(\.number).filter { !known.contains($0) } == [68, 69])
        #expect(Catalog.qemu.map(\.number) == ProcedureTable.qemu.rows.map(\.number))
    }

    @Test(
        "a row knows the function of libvirt's API",
        arguments: [
            (Int32(14), "virDomainGetXMLDesc"), (33, "virDomainShutdown"), (24, "virDomainLookupByUUID"),
            (102, "virNodeGetFreeMemory"), (175, "virNWFilterLookupByName"), (252, "virDomainSetBlockIoTune"),
            (286, "virConnectListAllNWFilters"), (294, "virDomainFSTrim"), (297, "virNodeDeviceLookupSCSIHostByWWN"),
            (343, "virDomainOpenGraphicsFD"), (349, "virDomainGetFSInfo"), (351, "virDomainGetIOThreadInfo"),
        ])
    func functions(_ number: Int32, _ function: String) {
        #expect(ProcedureTable.remote[number]?.function == function)
    }

    @Test("QEMU's functions have a word of their own")
    func qemuFunctions() { #expect(ProcedureTable.qemu[1]?.function == "virDomainQemuMonitorCommand") }

    @Test("calls that open streams say which way they go")
    func streams() {
        let streams = ProcedureTable.remote.rows.filter { $0.stream != nil }
        #expect(streams.map(\.number) == [148, 201, 208, 209, 211, 215, 296, 304])
        #expect(ProcedureTable.remote[201]?.stream == .both)
        #expect(ProcedureTable.remote[208]?.stream == .writing)
        #expect(ProcedureTable.remote[209]?.stream == .reading)
    }

    @Test("looking is allowed to those who may only read, changing isn't")
    func access() {
        let readers: [Int32] = [1, 3, 7, 14, 16, 23, 212, 273, 316, 344]
        let writers: [Int32] = [8, 9, 11, 12, 33, 55, 103, 104, 145, 201, 211, 235, 343, 353 - 1, 421]
        for number in readers { #expect(ProcedureTable.remote[number]?.kind == .readingCall, "\(number)") }
        for number in writers { #expect(ProcedureTable.remote[number]?.kind == .writingCall, "\(number)") }
    }

    @Test("events have the numbers that libvirt registers them by")
    func eventNumbers() {
        #expect(DomainEventID.allCases.map(\.rawValue) == Array(0...29))
        #expect(DomainEventID.blockJob2.rawValue == 16)
        #expect(DomainEventID.memoryDeviceSizeChange.rawValue == 26)
        #expect(DomainEventID.channelLifecycle.rawValue == 29)
        #expect(NetworkEventID.metadataChange.rawValue == 1)
    }
}

@Suite("Every structure")
struct StructureTests {
    @Test("comes back from its bytes as it was", arguments: 0..<2)
    func roundTrips(_ round: Int) throws {
        for entry in Catalog.all {
            for (index, codec) in entry.codecs.enumerated() {
                var generator = SeededGenerator(UInt64(round) << 32 | UInt64(entry.number) << 8 | UInt64(index))
                let made = try randomValue(codec, &generator)
                let again = try codec.roundTrip(made.bytes, 0)
                #expect(again.bytes == made.bytes, "\(entry.name)")
                // NaN isn't equal to itself, but is written as it was.
                #expect(again.text == made.text, "\(entry.name)")
            }
        }
    }

    @Test("is refused when bytes are missing at its end")
    func truncation() throws {
        for entry in Catalog.all {
            for (index, codec) in entry.codecs.enumerated() {
                var generator = SeededGenerator(UInt64(entry.number) << 8 | UInt64(index))
                let bytes = try randomValue(codec, &generator).bytes
                for length in lengths(bytes.count, &generator) {
                    let cut = Array(bytes.prefix(length))
                    do throws(XDRError) {
                        _ = try codec.roundTrip(cut, 0)
                        Issue.record("\(entry.name) is complete with \(length) of \(bytes.count) bytes")
                    } catch {
                        guard case .truncated = error.kind else {
                            Issue.record("\(entry.name) cut to \(length): \(error)")
                            continue
                        }
                        #expect(error.offset <= length, "\(entry.name)")
                    }
                }
            }
        }
    }

    /// All lengths of what is short, some of what is long.
    private func lengths(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
        if count <= 120 { return Array(0..<count) }
        return (0..<60).map { _ in Int.random(in: 0..<count, using: &generator) } + [count - 1]
    }
}
