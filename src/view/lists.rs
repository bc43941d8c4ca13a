//! The rows that Slint repeats over. They live as long as the window; a row is touched only where it changed, so
//! that an update that changes nothing draws nothing.

use std::rc::Rc;

use jinse_ui as ui;
use slint::{ComponentHandle, Model as _, ModelRc, VecModel};

pub struct List<T: 'static>(Rc<VecModel<T>>);

impl<T: Clone + PartialEq + 'static> List<T> {
    fn new() -> Self {
        Self(Rc::new(VecModel::default()))
    }

    fn model(&self) -> ModelRc<T> {
        ModelRc::from(self.0.clone())
    }

    /// Makes the list show `rows`.
    pub fn show(&self, rows: Vec<T>) {
        while self.0.row_count() > rows.len() {
            self.0.remove(self.0.row_count() - 1);
        }
        for (i, new) in rows.into_iter().enumerate() {
            match self.0.row_data(i) {
                Some(old) if old == new => {}
                Some(_) => self.0.set_row_data(i, new),
                None => self.0.push(new),
            }
        }
    }
}

macro_rules! lists {
    ($($field:ident: $row:ident by $setter:ident),* $(,)?) => {
        /// Every list of the bridge.
        pub struct Lists {
            $(pub $field: List<ui::$row>,)*
            /// The ruler over the grid.
            pub grid_times: List<slint::SharedString>,
            /// Courses on the sheet of an archive.
            pub paper_rows: List<slint::SharedString>,
        }

        impl Lists {
            /// Replaces the bridge's sample data with lists of our own.
            pub fn attach(window: &ui::AppWindow) -> Self {
                let lists = Self { $($field: List::new(),)* grid_times: List::new(), paper_rows: List::new() };
                let bridge = window.global::<ui::Bridge>();
                $(bridge.$setter(lists.$field.model());)*
                bridge.set_grid_times(lists.grid_times.model());
                bridge.set_paper_rows(lists.paper_rows.model());
                lists
            }
        }
    };
}

lists! {
    hints: Hint by set_hints,
    home_tiles: Action by set_home_tiles,
    groups: GroupRow by set_channel_groups,
    channels: ChannelRow by set_channel_rows,
    near: NearRow by set_near,
    tabs: TabItem by set_tabs,
    cards: CourseCard by set_cards,
    course_actions: Action by set_course_actions,
    lessons: LessonRow by set_lessons,
    ladder: LadderStep by set_ladder,
    player_buttons: Action by set_player_buttons,
    end_buttons: Action by set_end_buttons,
    week: DayBar by set_week,
    learning_actions: Action by set_learning_actions,
    recent: RecentCard by set_recent,
    history: HistoryRow by set_history_rows,
    paper_months: DayBar by set_paper_months,
    guide_tabs: GuideTab by set_guide_tabs,
    guide_rows: GuideRow by set_guide_rows,
    grid_channels: GridChannel by set_grid_channels,
    grid_cells: GridCell by set_grid_cells,
    programme_buttons: Action by set_programme_buttons,
    quiz_rows: QuizRow by set_quiz_rows,
    quiz_buttons: Action by set_quiz_buttons,
    search_keys: SearchKey by set_search_keys,
    search_rows: SearchRow by set_search_rows,
    interests: InterestRow by set_interest_rows,
    learners: LearnerRow by set_learner_rows,
    names: Action by set_name_buttons,
    settings: SettingRow by set_setting_rows,
    setting_options: TabItem by set_setting_options,
    menu: Action by set_menu_rows,
    dialog: Action by set_dialog_buttons,
    trouble_lines: TroubleLine by set_trouble_lines,
    trouble_buttons: Action by set_trouble_buttons,
}
