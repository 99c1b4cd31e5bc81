/// A table as virsh prints it: columns padded to their widest cell, a line of dashes below the headings.
public struct TextTable: Sendable {
    public var headings: [String]
    public var rows: [[String]] = []

    public init(_ headings: [String]) { self.headings = headings }

    /// The table's lines; without headings the columns are as wide as the rows alone need.
    public func rendered(headings showsHeadings: Bool = true) -> String {
        var widths = showsHeadings ? headings.map(DisplayText.width) : headings.map { _ in 0 }
        let cells = rows.map { $0.map(DisplayText.printable) }
        for row in cells {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], DisplayText.width(cell))
            }
        }
        var text = ""
        if showsHeadings {
            Self.append(headings, widths, to: &text)
            text += String(repeating: "-", count: widths.reduce(0) { $0 + $1 + 3 }) + "\n"
        }
        for row in cells { Self.append(row, widths, to: &text) }
        return text
    }

    private static func append(_ row: [String], _ widths: [Int], to text: inout String) {
        for (column, cell) in row.enumerated() where column < widths.count {
            text += " " + cell
            // The last column isn't padded: no line ends in blanks that a comparison would trip over.
            if column < row.count - 1 {
                text += String(repeating: " ", count: widths[column] - DisplayText.width(cell) + 2)
            }
        }
        text += "\n"
    }
}
