import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite("validate --output sarif")
struct SARIFTests {
    private let program = Program()

    private func log(_ words: String..., input: String = "") -> JSONValue {
        program.run(["validate", "--output", "sarif"] + words, input: input).json
    }

    @Test("a log has its version, the program, the rules that were broken, and a place for each finding")
    func shape() throws {
        let file = try program.file(
            "a b.xml",
            "<domain type='qemu'>\n  <name>x</name>\n  <memry>1</memry>\n  <os><type>hvm</type></os>\n</domain>")
        let result = program.run("validate", file, "--output", "sarif")
        #expect(result.status == 5)
        #expect(result.json["version"] == "2.1.0")
        #expect(result.json["$schema"]?.string?.contains("sarif-2.1.0") == true)
        let run = try #require(result.json["runs"]?[0])
        let driver = run["tool"]?["driver"]
        #expect(driver?["name"] == "vmctl")
        #expect(driver?["version"]?.string == Version.number)
        #expect(run["columnKind"] == "unicodeCodePoints")
        #expect(run["invocations"]?[0]?["executionSuccessful"] == true)

        let found = try #require(run["results"]?[0])
        #expect(found["ruleId"] == "unknown-element")
        #expect(found["level"] == "error")
        #expect(found["message"]?["text"]?.string?.hasSuffix("did you mean 'memory'?") == true)
        let place = found["locations"]?[0]?["physicalLocation"]
        let uri = "file://" + file.replacingOccurrences(of: " ", with: "%20")
        #expect(place?["artifactLocation"] == ["uri": .string(uri)])
        #expect(place?["region"] == ["startLine": 3, "startColumn": 3, "endColumn": 9])
        #expect(found["locations"]?[0]?["logicalLocations"]?[0]?["fullyQualifiedName"]?.string?.isEmpty == false)
    }

    @Test("every result refers to a rule that is listed once")
    func rules() throws {
        let file = try program.file("a.xml", "<domain typ='qemu' x=''><name>x</name><memry/><memry/></domain>")
        let run = try #require(log(file)["runs"]?[0])
        let rules = try #require(run["tool"]?["driver"]?["rules"]?.array).map { $0["id"]?.string ?? "" }
        let results = try #require(run["results"]?.array)
        #expect(results.count >= 4)
        #expect(Set(rules).count == rules.count)
        for result in results {
            let index = try #require(result["ruleIndex"]?.int)
            #expect(rules[index] == result["ruleId"]?.string)
        }
    }

    @Test("relative names stay relative to the working folder, and good files have no results")
    func relative() throws {
        let good = try #require(log("examples/domains/cdrom.xml")["runs"]?[0])
        #expect(good["results"] == [])
        #expect(good["originalUriBaseIds"]?["WORKINGFOLDER"]?["uri"]?.string == "file://" + Program.project + "/")
        let missing = try #require(log("./no/such.xml")["runs"]?[0])
        let place = missing["results"]?[0]?["locations"]?[0]?["physicalLocation"]
        #expect(place?["artifactLocation"] == ["uri": "no/such.xml", "uriBaseId": "WORKINGFOLDER"])
        #expect(place?["region"] == nil)
        #expect(missing["invocations"]?[0]?["executionSuccessful"] == false)
        let input = log("-", input: "<domain type='qemu'/>")["runs"]?[0]?["results"]?[0]
        #expect(
            input?["locations"]?[0]?["physicalLocation"]?["artifactLocation"]?["uri"] == "file:///dev/stdin")
    }

    @Test("other verbs have no such format, and say so")
    func otherVerbs() {
        let result = program.run("list", "--output", "sarif")
        #expect(result.status == 2)
        #expect(result.errors.contains("'list' has no output format 'sarif'"))
    }
}
