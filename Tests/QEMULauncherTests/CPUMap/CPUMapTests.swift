import Foundation
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

@Suite struct CPUMapTests {
    /// A map in which two models differ by what one has and the other hasn't.
    private func smallMap() throws -> CPUMap {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8)
        }
        try write(
            "index.xml",
            """
            <cpus><arch name='x86'><include filename='vendors.xml'/><include filename='features.xml'/>
            <group name='models'><include filename='models.xml'/><include filename='missing/outside.xml'/></group></arch>
            <arch name='arm'><include filename='not-there.xml'/></arch></cpus>
            """)
        try write("vendors.xml", "<cpus><vendor name='Maker' string='MakerMaker12'/></cpus>")
        let features = (0..<8).map { bit in
            "<feature name='f_\(bit)'><cpuid eax_in='0x01' ecx='0x\(String(1 << bit, radix: 16))'/></feature>"
        }
        try write("features.xml", "<cpus>\(features.joined())</cpus>")
        try write(
            "models.xml",
            """
            <cpus>
              <model name='old'><decode host='on' guest='on'/><feature name='f_0'/></model>
              <model name='new'><decode host='on' guest='on'/><signature family='6' model='9' stepping='2-4'/>
                <model name='old'/><vendor name='Maker'/><feature name='f_1'/><feature name='f_2'/>
                <feature name='f_3' removed='yes'/></model>
            </cpus>
            """)
        return try CPUMap.read(folder: folder.path)
    }

    private func model(_ name: String) throws -> (String, CPUModel) {
        (name, try #require(CPUModel(["name": .string(name), "unavailable-features": []])))
    }

    @Test("the nearest model is taken, and the one made for the processor before all others")
    func nearest() throws {
        let map = try smallMap()
        let models = Dictionary(uniqueKeysWithValues: [try model("old"), try model("new")])
        var properties: JSONObject = ["vendor": "MakerMaker12", "f-0": true, "f-5": true, "family": 6, "model": 9]
        #expect(map.describe(properties, among: models)?.model == "old")
        properties["stepping"] = 3
        let description = map.describe(properties, among: models)
        #expect(description?.model == "new")
        #expect(description?.vendor == "Maker")
        #expect(description?.enabled == ["f_5"])
        #expect(description?.disabled == ["f_1", "f_2", "f_3"])
        properties["vendor"] = "SomebodyElse"
        #expect(map.describe(properties, among: models)?.model == "old")
        #expect(map.describe(properties, among: [:]) == nil)
    }

    @Test("real processors are described as libvirt describes them", .needs(.corpus))
    func corpus() throws {
        let root = try #require(Corpus.folder)
        let map = try CPUMap.read(folder: root + "/cpu_map")
        let folder = root + "/extra/cputestdata/"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("-json.xml") }
        var count = 0
        for name in names where name.hasPrefix("x86_64-cpuid-") {
            let path = folder + name.dropLast("-json.xml".count) + ".json"
            guard let bytes = try? Files.read(path) else { continue }
            // The replies to query-cpu-model-expansion and, in some, to query-cpu-definitions.
            let replies = try documents(bytes)
            let properties = try #require(replies[0]["return"]?["model"]?["props"]?.object)
            var models: [String: CPUModel] = [:]
            for entry in replies.dropFirst().first?["return"]?.array ?? [] {
                if let model = CPUModel(entry) { models[model.name] = model }
            }
            if models.isEmpty {
                for known in map.models { models[known.name] = CPUModel(["name": .string(known.name)]) }
            }
            let expected = try XMLTree.read(try Files.read(folder + name), file: name)
            let description = try #require(map.describe(properties, among: models), "\(name)")
            #expect(expected.elements.contains(XMLTree(modelNamed: description.model)), "\(name)")
            let features = expected.elements.filter { $0.name == "feature" }
            func named(_ policy: String) -> Set<String> {
                Set(features.filter { $0.attribute("policy") == policy }.compactMap { $0.attribute("name") })
            }
            #expect(Set(description.enabled) == named("require"), "\(name)")
            #expect(Set(description.disabled) == named("disable"), "\(name)")
            count += 1
        }
        #expect(count > 40)
    }

    private func documents(_ bytes: [UInt8]) throws -> [JSONValue] {
        let texts = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n")
        return try texts.filter { !$0.allSatisfy(\.isWhitespace) }.map { try JSONParser.parse($0) }
    }
}

extension XMLTree {
    fileprivate init(modelNamed name: String) {
        self.init(
            name: "model", attributes: [.init(name: "fallback", value: "forbid")], children: [.text(name)])
    }
}
