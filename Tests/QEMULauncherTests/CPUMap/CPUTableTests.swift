import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

@Suite("Our own table of CPU models") struct CPUTableTests {
    private let map = CPUMap.table

    @Test("a folder that isn't there leaves the table") func fallback() {
        #expect(CPUMap.current(folder: "/nowhere").models.count == map.models.count)
        #expect(CPUMap.current(folder: nil).model("Haswell-noTSX")?.vendor == "Intel")
        #expect(map.feature("sse4-1")?.name == "sse4.1")
        #expect(map.feature("sse3")?.name == "pni")
        #expect(map.model("Icelake-Server")?.removed == ["mpx", "intel-pt"])
        #expect(map.model("Cascadelake-Server")?.signatures.first?.steppings == [5...7])
    }

    /// The table is QEMU 10's; what an older one says of a model may differ in a feature or two. What emulation adds to every
    /// model or takes away, and what documents say beside a model, the table has as documents do.
    @Test("models are what QEMU says", .enabled(if: RealQEMU.installed != nil, "no QEMU"), arguments: RealQEMU.all)
    func models(_ qemu: RealQEMU) throws {
        let known = try qemu.ask(["-machine", "pc"], commands: [("query-cpu-definitions", [:])]).replies[0].array ?? []
        let names = Set(known.compactMap { $0["name"]?.string }).intersection(map.models.map(\.name)).sorted()
        let replies = try qemu.ask(
            ["-machine", "pc"],
            commands: names.map {
                ("query-cpu-model-expansion", ["type": "full", "model": ["name": .string($0)]])
            }
        ).replies
        #expect(names.count > 100)
        var differences = 0
        for (name, reply) in zip(names, replies) {
            let properties = try #require(reply["model"]?["props"]?.object)
            let other = map.names(of: bits(properties).symmetricDifference(try #require(map.model(name)).bits))
            differences += Set(other).subtracting(["hypervisor", "vme", "npt", "nrip-save"]).count
        }
        #expect(differences <= (qemu == RealQEMU.unpacked ? 0 : names.count), "\(differences) of \(names.count) models")
    }

    @Test("a processor is described by a model that was sold, though one of no maker shows its number")
    func soldModel() throws {
        var properties: JSONObject = ["vendor": "AuthenticAMD", "family": 15, "model": 107, "stepping": 1]
        for name in map.names(of: try #require(map.model("EPYC")).bits) where name != "vme" { properties[name] = true }
        for name in ["hypervisor", "monitor", "npt"] { properties[name] = true }
        let known = ["qemu64", "EPYC", "Opteron_G5"].compactMap { CPUModel(["name": .string($0), "typename": "a"]) }
        let description = try #require(
            map.describe(properties, among: Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0) })))
        #expect(description.model == "EPYC")
        #expect(description.enabled == ["hypervisor", "monitor", "npt"])
        #expect(description.disabled == ["vme"])
    }

    @Test(
        "the processor that QEMU emulates is the model and the differences it is described by",
        .enabled(if: RealQEMU.installed != nil, "no QEMU"), arguments: RealQEMU.all)
    func emulated(_ qemu: RealQEMU) throws {
        let first = try qemu.ask(
            ["-machine", "pc"],
            commands: [
                ("query-cpu-model-expansion", ["type": "full", "model": ["name": "max"]]),
                ("query-cpu-definitions", [:]),
            ]
        ).replies
        let whole = try #require(first[0]["model"]?["props"]?.object)
        let models = (first[1].array ?? []).compactMap { CPUModel($0) }
        let description = try #require(
            map.describe(whole, among: Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { $1 })))
        var properties: JSONObject = [:]
        for name in description.enabled { properties[name] = true }
        for name in description.disabled { properties[name] = false }
        let again = try qemu.ask(
            ["-machine", "pc"],
            commands: [
                (
                    "query-cpu-model-expansion",
                    ["type": "full", "model": ["name": .string(description.model), "props": .object(properties)]]
                )
            ]
        ).replies
        let described = try #require(again[0]["model"]?["props"]?.object, "\(again)")
        #expect(map.names(of: bits(described).symmetricDifference(bits(whole))) == [])
    }

    private func bits(_ properties: JSONObject) -> CPUBits {
        var bits = CPUBits()
        for (name, value) in properties where value.bool == true {
            if let feature = map.feature(name) { bits.formUnion(feature.bits) }
        }
        return bits
    }
}

extension CPUBits {
    fileprivate func symmetricDifference(_ other: CPUBits) -> CPUBits {
        var both = subtracting(other)
        both.formUnion(other.subtracting(self))
        return both
    }
}
