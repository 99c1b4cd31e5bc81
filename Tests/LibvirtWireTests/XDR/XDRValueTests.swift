import LibvirtWire
import Synchronization
import Testing
import VMCore

@Suite("XDR values")
struct XDRValueTests {
    /// Writes and reads back.
    private func check<V: XDRValue & Equatable>(
        _ value: V, _ bytes: [UInt8], _ place: SourceLocation = #_sourceLocation
    )
        throws
    {
        #expect(try value.xdr() == bytes, sourceLocation: place)
        #expect(try V(xdr: bytes) == value, sourceLocation: place)
    }

    private func failure<V: XDRValue>(_ type: V.Type, _ bytes: [UInt8]) -> XDRError? {
        do throws(XDRError) {
            _ = try V(xdr: bytes)
            return nil
        } catch { return error }
    }

    @Test("numbers are 4 or 8 bytes, the highest first")
    func numbers() throws {
        try check(Int32(-2), [0xff, 0xff, 0xff, 0xfe])
        try check(UInt32(0x0102_0304), [1, 2, 3, 4])
        try check(Int64(-1), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        try check(UInt64(0x0102_0304_0506_0708), [1, 2, 3, 4, 5, 6, 7, 8])
        try check(1.5, [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])
        try check(UInt8(200), [0, 0, 0, 200])
        try check(UInt16(0x1234), [0, 0, 0x12, 0x34])
    }

    @Test("a number too large for its field is refused")
    func narrow() {
        #expect(failure(UInt8.self, [0, 0, 1, 0]) == XDRError(.outOfRange(256), at: 0))
        #expect(failure(UInt16.self, [0, 1, 0, 0]) == XDRError(.outOfRange(65536), at: 0))
    }

    @Test("whatever isn't 0 is true, as go-libvirt sends it")
    func truth() throws {
        try check(true, [0, 0, 0, 1])
        try check(false, [0, 0, 0, 0])
        #expect(try Bool(xdr: [1, 0, 0, 0]))
        #expect(try UInt32?(xdr: [1, 0, 0, 0, 0, 0, 0, 7]) == 7)
    }

    @Test(
        "strings are counted and padded",
        arguments: [
            ("", [0, 0, 0, 0]), ("a", [0, 0, 0, 1, 97, 0, 0, 0]), ("abcd", [0, 0, 0, 4, 97, 98, 99, 100]),
            ("ä€", [0, 0, 0, 5, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0, 0, 0]),
        ] as [(String, [UInt8])])
    func strings(_ text: String, _ bytes: [UInt8]) throws { try check(text, bytes) }

    @Test("padding is not looked at, but must be there")
    func padding() throws {
        #expect(try String(xdr: [0, 0, 0, 1, 97, 1, 2, 3]) == "a")
        #expect(failure(String.self, [0, 0, 0, 1, 97, 0, 0]) == XDRError(.truncated(missing: 1), at: 5))
    }

    @Test("a text that isn't UTF-8, or that C would cut, is refused both ways")
    func malformedText() {
        #expect(failure(String.self, [0, 0, 0, 1, 0xff, 0, 0, 0])?.kind == .malformedText)
        #expect(failure(String.self, [0, 0, 0, 3, 97, 0, 98, 0])?.kind == .malformedText)
        #expect(throws: XDRError(.malformedText, at: 0)) { try "a\0b".xdr() }
    }

    @Test("what may be absent has a flag before it")
    func optional() throws {
        try check(String?.none, [0, 0, 0, 0])
        try check(String?.some("x"), [0, 0, 0, 1, 0, 0, 0, 1, 120, 0, 0, 0])
    }

    @Test("a UUID is 16 bytes as they are")
    func uuid() throws {
        let uuid = try #require(UUID("6695eb01-f6a4-8304-79aa-97f2502e193f"))
        try check(uuid, [0x66, 0x95, 0xeb, 1, 0xf6, 0xa4, 0x83, 4, 0x79, 0xaa, 0x97, 0xf2, 0x50, 0x2e, 0x19, 0x3f])
    }

    @Test("the characters of security labels take 4 bytes each, and count their NUL")
    func characters() throws {
        let bytes: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 104, 0, 0, 0, 105, 0, 0, 0, 0, 0, 0, 0, 1]
        try check(
            DomainSecurityLabel {
                $0.label = "hi"
                $0.enforcing = 1
            }, bytes)
        #expect(failure(DomainSecurityLabel.self, Array(bytes.dropLast(5)))?.kind == .truncated(missing: 1))
        #expect(try DomainSecurityLabel(xdr: [0, 0, 0, 0, 0, 0, 0, 0]).label == "")
        let endless: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 104, 0, 0, 0, 1]
        #expect(failure(DomainSecurityLabel.self, endless) == XDRError(.malformedText, at: 0))
    }

    @Test("a character beyond ASCII is a negative number, as C has it")
    func signedCharacters() throws {
        let label = DomainSecurityLabel { $0.label = "ä" }
        #expect(
            try label.xdr() == [
                0, 0, 0, 3, 0xff, 0xff, 0xff, 0xc3, 0xff, 0xff, 0xff, 0xa4, 0, 0, 0, 0, 0, 0, 0, 0,
            ])
        #expect(try DomainSecurityLabel(xdr: label.xdr()) == label)
    }

    @Test("NODE_GET_INFO takes 128 bytes for its model, and refuses one that doesn't fit")
    func nodeInfo() throws {
        let info = NodeInfo {
            $0.model = "x86_64"
            $0.memory = 4_000_000
            $0.cpus = 2
        }
        let bytes = try info.xdr()
        // The reply is 188 bytes long with length and header.
        #expect(bytes.count == 160)
        #expect(Array(bytes[..<8]) == [0, 0, 0, 120, 0, 0, 0, 56])
        #expect(try NodeInfo(xdr: bytes) == info)
        let long = NodeInfo { $0.model = String(repeating: "m", count: 32) }
        #expect(throws: XDRError(.overLimit(count: 32, limit: 31), at: 0)) { try long.xdr() }
    }

    @Test("DOMAIN_GET_INFO takes 4 bytes for its small numbers")
    func domainInfo() throws {
        try check(
            DomainInfo {
                $0.state = 5
                $0.maximalMemory = 65536
                $0.memory = 65535
                $0.vcpuCount = 2
                $0.cpuTime = 7
            },
            [
                0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7,
            ])
    }

    @Test(
        "typed parameters name their type",
        arguments: [
            (.int(-1), [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]), (.uint(1), [0, 0, 0, 2, 0, 0, 0, 1]),
            (.llong(-1), [0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (.ullong(1), [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1]),
            (.double(1.5), [0, 0, 0, 5, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]),
            (.boolean(true), [0, 0, 0, 6, 0, 0, 0, 1]), (.string("s"), [0, 0, 0, 7, 0, 0, 0, 1, 115, 0, 0, 0]),
        ] as [(TypedParameter.Value, [UInt8])])
    func typedParameters(_ value: TypedParameter.Value, _ bytes: [UInt8]) throws {
        try check(TypedParameter("n", value), [0, 0, 0, 1, 110, 0, 0, 0] + bytes)
    }

    @Test("a typed parameter of a type that nobody knows is refused at its place", arguments: [0, 8, -1] as [Int32])
    func unknownType(_ type: Int32) throws {
        let bytes = try "n".xdr() + type.xdr() + [0, 0, 0, 0]
        #expect(failure(TypedParameter.self, bytes) == XDRError(.unknownVariant(type), at: 8))
    }

    @Test("strings go only to those who take them")
    func parameterStrings() {
        let parameters = [TypedParameter("a", .int(1)), TypedParameter("b", .string("x"))]
        #expect(parameters.allowed(by: 4) == parameters)
        #expect(parameters.allowed(by: 3) == [parameters[0]])
        #expect(parameters["b"] == .string("x"))
    }

    @Test("a question for parameters without room is answered with their number")
    func parameterRoom() {
        let parameters = (0..<5).map { TypedParameter("p\($0)", .int($0)) }
        let asked = Listing<TypedParameter, UpTo16>(parameters, room: 0)
        #expect(asked.elements.isEmpty && asked.count == 5)
        let given = Listing<TypedParameter, UpTo16>(parameters, room: 3)
        #expect(given.elements.count == 3 && given.count == 3)
        #expect(Listing<TypedParameter, UpTo16>(parameters, room: -7).elements.isEmpty)
    }

    @Test("what stands behind a value is left alone")
    func trailing() throws { #expect(try Int32(xdr: [0, 0, 0, 1, 9, 9]) == 1) }

    @Test("a start outside the bytes is a value that is missing", arguments: [5, 99, Int.max, -3])
    func start(_ start: Int) { #expect(throws: XDRError.self) { try Int64(xdr: [0, 0, 0, 1, 2], from: start) } }
}

@Suite("Hostile lengths")
struct HostileLengthTests {
    private func kind<V: XDRValue>(_ type: V.Type, _ bytes: [UInt8]) -> XDRError.Kind? {
        do throws(XDRError) {
            _ = try V(xdr: bytes)
            return nil
        } catch { return error.kind }
    }

    @Test("a length beyond the field's limit is refused by the limit")
    func limits() {
        let most: [UInt8] = [0xff, 0xff, 0xff, 0xff]
        #expect(kind(String.self, most) == .overLimit(count: 4_294_967_295, limit: 4_194_304))
        #expect(kind(List<String, UpTo16>.self, [0x80, 0, 0, 0]) == .overLimit(count: 2_147_483_648, limit: 16))
        #expect(kind(List<String, UpTo16>.self, [0, 0, 0, 17]) == .overLimit(count: 17, limit: 16))
        #expect(kind(Bytes<UpTo65536>.self, most) == .overLimit(count: 4_294_967_295, limit: 65_536))
        #expect(kind(DomainSecurityLabel.self, most) == .overLimit(count: 4_294_967_295, limit: 4097))
    }

    @Test("as much as the limit is taken, both ways")
    func exactLimit() throws {
        let names = List<String, UpTo16>([String](repeating: "n", count: 16))
        #expect(try List<String, UpTo16>(xdr: names.xdr()).elements == names.elements)
    }

    @Test("a length beyond the bytes that are there is refused before anything is reserved for it")
    func bytesLeft() {
        #expect(kind(String.self, [0, 0x40, 0, 0, 1]) == .truncated(missing: 4_194_303))
        #expect(kind(List<DomainReference, UpTo16384>.self, [0, 0, 0x40, 0]) == .truncated(missing: 65_536))
        #expect(kind(DomainSecurityLabel.self, [0, 0, 0x10, 0, 0, 0, 0, 0]) == .truncated(missing: 16_380))
    }

    /// Each of 16,384 domains would take 24 bytes at least; 65,536 bytes are there.
    @Test("a list ends where its elements do")
    func greedyList() {
        let bytes = [0, 0, 0x40, 0] + [UInt8](repeating: 0, count: 65_536)
        #expect(kind(List<DomainReference, UpTo16384>.self, bytes) == .truncated(missing: 4))
    }

    /// 8 bytes, and a note for each that is made.
    private struct Counted: XDRValue {
        static let made = Mutex(0)
        var value: UInt64 = 0

        init() { Counted.made.withLock { $0 += 1 } }
        mutating func map(_ x: inout XDRMapper) { x.map(&value) }
    }

    @Test("no more elements are made than there are bytes for")
    func elementsMade() {
        func made(count: [UInt8], bytes: Int) -> Int {
            Counted.made.withLock { $0 = 0 }
            _ = try? List<Counted, UpTo16384>(xdr: count + [UInt8](repeating: 0, count: bytes))
            return Counted.made.withLock { $0 }
        }
        #expect(made(count: [0xff, 0xff, 0xff, 0xff], bytes: 80) == 0)
        #expect(made(count: [0, 0, 0x40, 0], bytes: 80) == 0)
        #expect(made(count: [0, 0, 0, 20], bytes: 80) == 11)
        #expect(made(count: [0, 0, 0, 10], bytes: 80) == 10)
    }

    @Test("more than the limit isn't written either")
    func writing() {
        let names = List<String, UpTo16>([String](repeating: "n", count: 17))
        #expect(throws: XDRError(.overLimit(count: 17, limit: 16), at: 0)) { try names.xdr() }
        let text = String(repeating: "x", count: 4_194_305)
        #expect(throws: XDRError(.overLimit(count: 4_194_305, limit: 4_194_304), at: 0)) { try text.xdr() }
    }
}
