import Foundation

/// Settings whose effect no plan shows, with what they do and the test that shows it: `elsewhere.txt`.
///
/// A line is `PATH | what it does | Suite.test`. A path that ends in `/**` stands for all below it, and a star for any one
/// name. Only what is for people's information needs no test.
struct Elsewhere {
    struct Entry {
        var pattern: [Substring]
        var path: String
        var words: String
        var test: String
    }

    var entries: [Entry] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard parts.count == 3 else { continue }
            let path = "domain/" + parts[0]
            entries.append(
                Entry(pattern: path.split(separator: "/"), path: parts[0], words: parts[1], test: parts[2]))
        }
    }

    func entry(for path: String) -> Entry? {
        let names = path.split(separator: "/")
        return entries.first { matches($0.pattern[...], names[...]) }
    }

    private func matches(_ pattern: ArraySlice<Substring>, _ names: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return names.isEmpty }
        if first == "**" { return true }
        guard let name = names.first, first == "*" || first == name else { return false }
        return matches(pattern.dropFirst(), names.dropFirst())
    }
}
