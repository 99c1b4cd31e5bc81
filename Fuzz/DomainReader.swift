import VMCore
import VMDomain
import VMXML

/// What libFuzzer calls with its inputs. No input may trap, hang or take memory out of proportion, and a document that
/// was taken must come out of writing and reading as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDomainReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer hands `count` readable bytes.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for options in [XMLReadOptions.strict, .lenient] {
        guard let reading = try? Domain.read(bytes, file: "fuzz.xml", options: options) else { continue }
        let validated = reading.validated()
        _ = DiagnosticRenderer(colours: true).render(validated.diagnostics, source: reading.source)
        guard !validated.hasErrors else { continue }
        let written = reading.value.xml
        guard let again = try? Domain(xml: written) else { fatalError("what was written can't be read:\n\(written)") }
        guard again == reading.value else { fatalError("reading again gives another value:\n\(written)") }
        guard again.changes(to: reading.value).isEmpty else { fatalError("there are changes:\n\(written)") }
    }
    return 0
}
