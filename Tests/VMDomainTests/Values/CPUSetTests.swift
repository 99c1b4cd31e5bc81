import Testing
import VMCore

@testable import VMDomain

@Suite struct CPUSetTests {
    @Test(
        "Sets are read as libvirt reads them and written in order",
        arguments: [
            ("0-3,^2", "0-1,3"), ("5,1,2", "1-2,5"), (" 1 - 2 , 7", "1-2,7"), ("3,3", "3"), ("0-16383", "0-16383"),
        ])
    func reading(text: String, canonical: String) throws {
        #expect(CPUSet(xml: text)?.xml == canonical)
    }

    @Test(
        "What is no set is refused", arguments: ["", ",", "a", "3-1", "-1", "1-", "16384", "^1", "0,^0", "1;2", "+1"])
    func refusing(text: String) {
        #expect(CPUSet(xml: text) == nil)
    }

    @Test("Items may come in any order, overlap, and be taken out again")
    func manyItems() throws {
        let odd = (0..<8192).reversed().map { "\($0 * 2 + 1)" }.joined(separator: ",")
        let set = try #require(CPUSet(xml: odd))
        #expect(set.count == 8192 && set.ranges.count == 8192 && set.contains(16383) && !set.contains(0))
        #expect(CPUSet(xml: "60-70,63-64,^63,^128,64,127-129")?.xml == "60-62,64-70,127-129")
        #expect(set.isDisjoint(with: CPUSet(xml: "0,2,16380")!) && !set.isDisjoint(with: [16380, 16383]))
        #expect(set.first(from: 4) == 5 && set.first(from: 16384) == nil)
    }

    @Test("Numbers can be put in and taken out")
    func editing() {
        var set: CPUSet = [1, 2, 3, 9]
        set.insert(4...8)
        #expect(set.ranges == [1...9])
        set.remove(5)
        #expect(set.xml == "1-4,6-9")
        #expect(set.count == 8)
        #expect(set.contains(4) && !set.contains(5))
        #expect(set.isDisjoint(with: [5, 10]))
    }
}
