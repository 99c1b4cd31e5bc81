import Testing
import VMCore

@Suite("UUIDs")
struct UUIDTests {
    private static let text = "c7a5fdbd-edaf-9455-926a-d65c16db1809"

    @Test(
        "All spellings that libvirt takes are one",
        arguments: [
            text, "C7A5FDBD-EDAF-9455-926A-D65C16DB1809", "c7a5fdbdedaf9455926ad65c16db1809",
            "c7a5 fdbd-edaf 9455--926a-d65c16db1809", "c7-a5-fd-bd-ed-af-94-55-92-6a-d6-5c-16-db-18-09",
            " c7a5fdbd-edaf-9455-926a-d65c16db1809 ",
        ])
    func reading(spelling: String) {
        #expect(UUID(spelling)?.description == Self.text)
    }

    @Test(
        "Anything else is none",
        arguments: [
            "", "c7a5fdbd-edaf-9455-926a-d65c16db180", "c7a5fdbd-edaf-9455-926a-d65c16db18090",
            "c-7a5fdbdedaf9455926ad65c16db1809", "c7a5fdb-dedaf-9455-926a-d65c16db1809",
            "g7a5fdbd-edaf-9455-926a-d65c16db1809", "{c7a5fdbd-edaf-9455-926a-d65c16db1809}", "demo",
        ])
    func refusing(text: String) {
        #expect(UUID(text) == nil)
    }

    @Test("Random ones have version 4 and the variant of RFC 9562; zero is known")
    func random() {
        for _ in 0..<50 {
            let text = Array(UUID.random().description)
            #expect(text[14] == "4" && "89ab".contains(text[19]))
        }
        #expect(UUID("00000000-0000-0000-0000-000000000000")?.isZero == true)
        #expect(UUID("00000000-0000-0000-0000-000000000001")?.isZero == false)
        #expect(UUID("10000000-0000-0000-0000-000000000000")?.isZero == false)
    }
}
