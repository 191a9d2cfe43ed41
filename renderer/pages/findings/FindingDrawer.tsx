import NextIcon from '@mui/icons-material/KeyboardArrowDownOutlined';
import PreviousIcon from '@mui/icons-material/KeyboardArrowUpOutlined';
import type { ReactElement } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DetailDrawer, DrawerButton } from '#renderer/components/DetailDrawer.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { FindingFixButton } from '#renderer/app/plan/FindingFixButton.tsx';
import { FindingDetail } from './FindingDetail.tsx';
import { findingAsMarkdown } from './finding-markdown.ts';

interface Props {
  readonly connectionId: string;
  readonly finding: Finding | undefined;
  /** The filtered list, to walk through. */
  readonly among: readonly Finding[];
  readonly onShow: (finding: Finding | null) => void;
}

export function FindingDrawer({ connectionId, finding, among, onShow }: Props): ReactElement {
  const titleOf = useCheckTitles();
  const at = finding ? among.indexOf(finding) : -1;
  const before = at > 0 ? among[at - 1] : undefined;
  const after = at >= 0 ? among[at + 1] : undefined;
  return (
    <DetailDrawer
      isOpen={finding !== undefined}
      label="Finding"
      onClose={() => onShow(null)}
      actions={
        finding && (
          <>
            <CopyButton
              text={() => findingAsMarkdown(finding, titleOf(finding.check))}
              what="finding as Markdown"
            />
            <DrawerButton
              label="Previous finding"
              onClick={before && (() => onShow(before))}
              icon={<PreviousIcon />}
            />
            <DrawerButton label="Next finding" onClick={after && (() => onShow(after))} icon={<NextIcon />} />
          </>
        )
      }
    >
      {finding && (
        <FindingDetail
          finding={finding}
          run={
            <FindingFixButton
              connectionId={connectionId}
              isMeant={({ fingerprint }) => fingerprint === finding.fingerprint}
            />
          }
        />
      )}
    </DetailDrawer>
  );
}
