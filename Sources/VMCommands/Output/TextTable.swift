/// A table as virsh prints it: columns padded to their widest cell, a line of dashes below the headings.
public struct TextTable: Sendable {
    public var headings: [String]
    public var rows: [[String]] = []
    /// The column that tells states, which are coloured where colours are welcome.
    var stateColumn: Int?

    public init(_ headings: [String]) { self.headings = headings }

    /// The table's lines; without headings the columns are as wide as the rows alone need.
    public func rendered(headings showsHeadings: Bool = true) -> String {
        rendered(headings: showsHeadings, Paint(isWanted: false))
    }

    func rendered(headings showsHeadings: Bool, _ paint: Paint) -> String {
        var widths = showsHeadings ? headings.map(DisplayText.width) : headings.map { _ in 0 }
        let cells = rows.map { $0.map(DisplayText.printable) }
        for row in cells {
            for (column, cell) in row.enumerated() where column < widths.count {
                widths[column] = max(widths[column], DisplayText.width(cell))
            }
        }
        var text = ""
        if showsHeadings {
            append(headings, widths, to: &text) { cell, _ in paint.text(cell, .heading) }
            text += String(repeating: "-", count: widths.reduce(0) { $0 + $1 + 3 }) + "\n"
        }
        for row in cells {
            append(row, widths, to: &text) { cell, column in
                guard column == stateColumn, let style = Paint.Style(state: cell) else { return cell }
                return paint.text(cell, style)
            }
        }
        return text
    }

    private func append(
        _ row: [String], _ widths: [Int], to text: inout String, _ shown: (String, Int) -> String
    ) {
        for (column, cell) in row.enumerated() where column < widths.count {
            text += " " + shown(cell, column)
            // The last column isn't padded: no line ends in blanks that a comparison would trip over.
            if column < row.count - 1 {
                text += String(repeating: " ", count: widths[column] - DisplayText.width(cell) + 2)
            }
        }
        text += "\n"
    }
}
